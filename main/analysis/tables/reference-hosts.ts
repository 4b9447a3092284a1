/**
 * Sites of makers of languages, libraries and tools, where their documentation and packages are read. None shows a
 * stranger what was asked of it, so that a request for a page tells nobody anything that the maker does not know.
 */
export const REFERENCE_HOSTS: readonly string[] = [
  // Standards and general references
  `
    developer.mozilla.org www.w3.org html.spec.whatwg.org fetch.spec.whatwg.org url.spec.whatwg.org
    www.rfc-editor.org datatracker.ietf.org tc39.es caniuse.com web.dev devdocs.io man7.org
    json-schema.org spec.openapis.org swagger.io semver.org www.conventionalcommits.org yaml.org toml.io
    graphql.org grpc.io protobuf.dev opentelemetry.io en.wikipedia.org www.gnu.org en.cppreference.com
    cppreference.com pubs.opengroup.org docs.oasis-open.org stackoverflow.com
    owasp.org cheatsheetseries.owasp.org unicode.org www.iso.org www.iana.org
  `,
  // Languages
  `
    docs.python.org peps.python.org packaging.python.org www.python.org nodejs.org
    www.typescriptlang.org go.dev pkg.go.dev doc.rust-lang.org rust-lang.github.io www.rust-lang.org
    docs.rs www.ruby-lang.org docs.ruby-lang.org ruby-doc.org www.php.net docs.oracle.com
    docs.scala-lang.org www.scala-lang.org kotlinlang.org docs.swift.org www.swift.org
    developer.apple.com devblogs.microsoft.com dart.dev api.dart.dev elixir-lang.org hexdocs.pm www.erlang.org clojure.org
    clojuredocs.org docs.julialang.org ziglang.org www.haskell.org hackage.haskell.org ocaml.org
    perldoc.perl.org metacpan.org www.lua.org nim-lang.org crystal-lang.org learn.microsoft.com
    docs.microsoft.com cmake.org gcc.gnu.org clang.llvm.org llvm.org deno.com docs.deno.com bun.sh
    bun.com isocpp.org www.r-project.org cran.r-project.org cran.rstudio.com
  `,
  // Packages
  `
    www.npmjs.com registry.npmjs.org docs.npmjs.com pypi.org crates.io doc.crates.io rubygems.org
    guides.rubygems.org bundler.io packagist.org getcomposer.org search.maven.org central.sonatype.com
    repo1.maven.org repo.maven.apache.org mvnrepository.com javadoc.io www.javadoc.io www.nuget.org
    pub.dev hex.pm formulae.brew.sh docs.brew.sh yarnpkg.com pnpm.io proxy.golang.org jsr.io
    docs.astral.sh python-poetry.org pip.pypa.io setuptools.pypa.io conda.io docs.conda.io
    bundlephobia.com
  `,
  // The web's frameworks and tools
  `
    react.dev reactjs.org legacy.reactjs.org reactrouter.com reactnative.dev docs.expo.dev nextjs.org
    vuejs.org router.vuejs.org pinia.vuejs.org nuxt.com angular.dev angular.io material.angular.io
    svelte.dev kit.svelte.dev www.solidjs.com docs.solidjs.com preactjs.com astro.build docs.astro.build
    remix.run qwik.dev lit.dev alpinejs.dev htmx.org emberjs.com guides.emberjs.com gatsbyjs.com
    vite.dev vitejs.dev vitest.dev webpack.js.org rollupjs.org esbuild.github.io parceljs.org swc.rs
    babeljs.io eslint.org typescript-eslint.io prettier.io biomejs.dev jestjs.io mochajs.org nx.dev
    playwright.dev docs.cypress.io testing-library.com pptr.dev storybook.js.org turbo.build
    turborepo.com tailwindcss.com getbootstrap.com mui.com ant.design chakra-ui.com www.radix-ui.com
    ui.shadcn.com sass-lang.com lesscss.org postcss.org styled-components.com emotion.sh d3js.org
    www.chartjs.org threejs.org redux.js.org redux-toolkit.js.org tanstack.com zustand.docs.pmnd.rs
    mobx.js.org zod.dev trpc.io www.apollographql.com rxjs.dev lodash.com date-fns.org axios-http.com
    www.i18next.com expressjs.com fastify.dev koajs.com hono.dev nestjs.com docs.nestjs.com socket.io
    hapi.dev electronjs.org www.electronjs.org tauri.app v2.tauri.app capacitorjs.com ionicframework.com
    jekyllrb.com gohugo.io www.11ty.dev docusaurus.io vitepress.dev www.mkdocs.org squidfunk.github.io
    www.sphinx-doc.org
  `,
  // Frameworks of servers, of data and of learning
  `
    docs.djangoproject.com www.djangoproject.com www.django-rest-framework.org flask.palletsprojects.com
    jinja.palletsprojects.com werkzeug.palletsprojects.com click.palletsprojects.com
    fastapi.tiangolo.com docs.pydantic.dev www.starlette.io docs.sqlalchemy.org alembic.sqlalchemy.org
    docs.pytest.org numpy.org pandas.pydata.org docs.scipy.org scikit-learn.org matplotlib.org
    seaborn.pydata.org plotly.com docs.pola.rs pytorch.org docs.pytorch.org www.tensorflow.org keras.io
    jupyter.org docs.jupyter.org mypy.readthedocs.io docs.celeryq.dev requests.readthedocs.io
    www.python-httpx.org docs.aiohttp.org docs.streamlit.io guides.rubyonrails.org api.rubyonrails.org
    edgeguides.rubyonrails.org rspec.info sidekiq.org sinatrarb.com laravel.com symfony.com
    docs.phpunit.de twig.symfony.com developer.wordpress.org docs.spring.io spring.io quarkus.io
    micronaut.io hibernate.org docs.hibernate.org junit.org docs.junit.org maven.apache.org
    docs.gradle.org gradle.org tokio.rs docs.diesel.rs diesel.rs actix.rs rocket.rs serde.rs
    bevyengine.org gin-gonic.com gorm.io echo.labstack.com phoenixframework.org www.phoenixframework.org
    docs.flutter.dev flutter.dev api.flutter.dev developer.android.com docs.unity3d.com
    docs.godotengine.org docs.opencv.org
  `,
  // Stores, machines and clouds: their manuals, not their consoles
  `
    www.postgresql.org dev.mysql.com mariadb.com www.sqlite.org sqlite.org redis.io www.mongodb.com
    www.elastic.co clickhouse.com duckdb.org cassandra.apache.org kafka.apache.org spark.apache.org
    airflow.apache.org httpd.apache.org www.rabbitmq.com docs.nats.io www.prisma.io orm.drizzle.team
    typeorm.io sequelize.org knexjs.org mongoosejs.com docs.docker.com kubernetes.io helm.sh
    kustomize.io istio.io docs.podman.io developer.hashicorp.com registry.terraform.io www.terraform.io
    opentofu.org docs.ansible.com docs.aws.amazon.com boto3.amazonaws.com cloud.google.com
    firebase.google.com developers.google.com developers.cloudflare.com vercel.com docs.netlify.com
    fly.io devcenter.heroku.com docs.digitalocean.com supabase.com github.com docs.github.com
    docs.gitlab.com git-scm.com pre-commit.com circleci.com www.jenkins.io nginx.org docs.nginx.com
    caddyserver.com doc.traefik.io prometheus.io grafana.com docs.sentry.io docs.stripe.com stripe.com
    www.twilio.com docs.slack.dev api.slack.com discord.js.org developer.atlassian.com
    wiki.archlinux.org help.ubuntu.com manpages.ubuntu.com manpages.debian.org www.freedesktop.org
    systemd.io www.kernel.org docs.kernel.org curl.se www.openssl.org docs.openssl.org
    www.shellcheck.net ss64.com jqlang.org
  `,
  // Agents and their protocols
  `
    docs.anthropic.com docs.claude.com platform.claude.com code.claude.com modelcontextprotocol.io
    platform.openai.com ai.google.dev ai-sdk.dev python.langchain.com docs.langchain.com
    docs.llamaindex.ai
  `,
  // Small machines, compilers and builds, models and data
  `
    docs.zephyrproject.org docs.espressif.com docs.arduino.cc docs.platformio.org docs.nordicsemi.com
    docs.nordicsemi.com www.freertos.org developer.arm.com docs.ros.org docs.nvidia.com docs.opencv.org
    bazel.build mesonbuild.com docs.conan.io vcpkg.io abseil.io ninja-build.org docs.wasmtime.dev
    webassembly.org rustwasm.github.io developer.chrome.com webkit.org www.gtk.org doc.qt.io wiki.qt.io
    docs.getdbt.com docs.snowflake.com docs.databricks.com trino.io docs.confluent.io docs.prefect.io
    docs.dagster.io dvc.org mlflow.org docs.wandb.ai docs.ray.io docs.dask.org xgboost.ai bioconductor.org
    www.bioconductor.org docs.rapids.ai lightning.ai docs.opensearch.org opensearch.org docs.datadoghq.com
    docs.newrelic.com docs.honeycomb.io thanos.io docs.victoriametrics.com diataxis.fr vale.sh keepachangelog.com
    choosealicense.com spdx.org opensource.org arxiv.org docs.scrapy.org docs.locust.io k6.io
    docs.sonarsource.com docs.renovatebot.com nixos.org wiki.nixos.org guix.gnu.org buf.build
    connectrpc.com temporal.io docs.temporal.io auth0.com www.keycloak.org docs.spring.vmware.com
  `,
].flatMap((group) => group.trim().split(/\s+/));
