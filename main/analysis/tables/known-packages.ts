/** Packages that everybody uses, by registry: names that others imitate. */
const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(' '));

export const NPM_PACKAGES = words(
  'react react-dom redux vue angular svelte next nuxt express koa fastify hapi lodash underscore axios ' +
    'request chalk commander moment dayjs date-fns debug async bluebird rxjs uuid dotenv cors body-parser ' +
    'cookie-parser morgan helmet jsonwebtoken passport bcrypt bcryptjs mongoose mongodb mysql mysql2 ' +
    'sequelize typeorm prisma knex redis ioredis socket.io webpack webpack-cli rollup esbuild vite vitest ' +
    'babel-core babel-cli babel-loader typescript ts-node ts-jest eslint tslint prettier jest mocha chai ' +
    'sinon jasmine karma cypress playwright puppeteer nodemon concurrently cross-env cross-spawn rimraf ' +
    'mkdirp glob minimist yargs inquirer ora semver colors winston pino bunyan log4js node-fetch got ' +
    'superagent cheerio jquery jquery-ui bootstrap tailwindcss postcss autoprefixer styled-components ' +
    'emotion classnames prop-types react-router react-router-dom react-redux redux-thunk redux-saga immer ' +
    'zustand recoil mobx formik yup zod ajv joi validator graphql apollo-server apollo-client electron ' +
    'electron-builder discord.js telegraf web3 ethers truffle hardhat solc ganache three d3 chart.js ' +
    'leaflet mapbox-gl handlebars ejs pug mustache marked highlight.js nodemailer multer sharp jimp ' +
    'fs-extra graceful-fs chokidar execa shelljs through2 readable-stream bignumber.js crypto-js ' +
    'node-sass sass less gulp grunt bower npm-run-all husky lint-staged standard nyc istanbul supertest ' +
    'nock http-proxy http-server serve-static compression express-session connect-redis firebase ' +
    'firebase-admin aws-sdk twilio stripe openai langchain event-stream ua-parser-js coa rc node-ipc ' +
    'preact solid-js lit ember-cli storybook ts-loader css-loader style-loader file-loader ' +
    'html-webpack-plugin eslint-plugin-react eslint-config-airbnb source-map-support core-js ' +
    'regenerator-runtime tslib reflect-metadata class-validator class-transformer ',
);

export const PYPI_PACKAGES = words(
  'requests urllib3 numpy pandas scipy matplotlib seaborn scikit-learn tensorflow torch torchvision ' +
    'keras django flask fastapi starlette uvicorn gunicorn tornado aiohttp httpx celery redis pymongo ' +
    'psycopg2 psycopg2-binary sqlalchemy alembic pydantic jinja2 markupsafe werkzeug click colorama ' +
    'pyyaml python-dateutil pytz six setuptools virtualenv pipenv poetry pytest pytest-cov hypothesis ' +
    'coverage mypy flake8 pylint black isort ruff bandit tox nox pre-commit cryptography pycryptodome ' +
    'paramiko fabric ansible boto3 botocore awscli google-cloud-storage google-auth azure-storage-blob ' +
    'beautifulsoup4 lxml scrapy selenium playwright pillow opencv-python imageio tqdm rich typer loguru ' +
    'python-dotenv jsonschema marshmallow attrs cattrs networkx sympy statsmodels nltk spacy gensim ' +
    'transformers datasets tokenizers huggingface-hub openai anthropic langchain tiktoken discord.py ' +
    'python-telegram-bot tweepy slack-sdk web3 eth-account solana bitcoinlib pyperclip pyautogui pynput ' +
    'psutil pywin32 cffi cython numba dask distributed polars pyarrow fastparquet h5py xgboost lightgbm ' +
    'catboost streamlit gradio dash plotly bokeh altair jupyter jupyterlab notebook ipython ipykernel ' +
    'sphinx mkdocs docutils tabulate termcolor simplejson ujson orjson msgpack protobuf grpcio thrift ' +
    'kafka-python pika elasticsearch pymysql mysqlclient asyncpg aiofiles websockets python-socketio ' +
    'passlib bcrypt pyjwt authlib oauthlib requests-oauthlib itsdangerous httplib2 chardet certifi idna ' +
    'wheel packaging jellyfish regex toml tomli more-itertools dateparser arrow pendulum faker ' +
    'factory-boy freezegun responses mock nose pexpect ptyprocess prompt-toolkit pygments ',
);

export const OTHER_PACKAGES = words(
  'rails sinatra devise nokogiri sidekiq puma rspec rubocop rest-client bootstrap-sass capistrano ' +
    'bundler activerecord activesupport tokio serde serde_json reqwest hyper axum actix-web diesel ' +
    'rust_decimal rayon clap anyhow thiserror tracing chrono regex crossbeam futures lazy_static ' +
    'once_cell bytes ',
);

/**
 * Versions and packages that were taken over and published with harm in them, as the registries' advisories tell:
 * name, and the versions; every version where none is named.
 */
export const HARMFUL_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  'event-stream': ['3.3.6'],
  'flatmap-stream': [],
  'eslint-scope': ['3.7.2'],
  'eslint-config-eslint': ['5.0.2'],
  'ua-parser-js': ['0.7.29', '0.8.0', '1.0.0'],
  coa: ['2.0.3', '2.0.4', '2.1.1', '2.1.3', '3.0.1', '3.1.3'],
  rc: ['1.2.9', '1.3.9', '2.3.9'],
  'node-ipc': ['10.1.1', '10.1.2', '10.1.3', '11.0.0', '11.1.0'],
  peacenotwar: [],
  colors: ['1.4.1', '1.4.2', '1.4.44-liberty-2'],
  faker: ['6.6.6'],
  crossenv: [],
  getcookies: [],
  'electron-native-notify': [],
  'discord-selfbot-v14': [],
  'twilio-npm': [],
  babelcli: [],
  mongose: [],
  jquerysh: [],
  nodefabric: [],
  'opencv.js': [],
  'plutov-slack-client': [],
  fallguys: [],
  'jdb.js': [],
  'db-json.js': [],
  '@solana/web3.js': ['1.95.6', '1.95.7'],
  '@rspack/core': ['1.1.7'],
  '@lottiefiles/lottie-player': ['2.0.5', '2.0.6', '2.0.7'],
  xrpl: ['4.2.1', '4.2.2', '4.2.3', '4.2.4', '2.14.2'],
  chalk: ['5.6.1'],
  debug: ['4.4.2'],
  'ansi-styles': ['6.2.2'],
  'strip-ansi': ['7.1.1'],
  'supports-color': ['10.2.1'],
  'color-convert': ['3.1.1'],
  'color-name': ['2.0.1'],
  'ansi-regex': ['6.2.1'],
  'is-arrayish': ['0.3.3'],
  'error-ex': ['1.3.3'],
  'simple-swizzle': ['0.2.3'],
  'wrap-ansi': ['9.0.1'],
  'slice-ansi': ['7.1.1'],
  nx: ['20.9.0', '20.10.0', '20.11.0', '20.12.0', '21.5.0', '21.6.0', '21.7.0', '21.8.0'],
  'eslint-config-prettier': ['8.10.1', '9.1.1', '10.1.6', '10.1.7'],
  'eslint-plugin-prettier': ['4.2.2', '4.2.3'],
  '@ctrl/tinycolor': ['4.1.1', '4.1.2'],
  colourama: [],
  'python3-dateutil': [],
  jeilyfish: [],
  acqusition: [],
  bzip: [],
  torchtriton: [],
  ctx: ['0.2.2', '0.2.6', '0.1.2-1'],
  ultralytics: ['8.3.41', '8.3.42', '8.3.45', '8.3.46'],
  'rest-client': ['1.6.10', '1.6.11', '1.6.12', '1.6.13'],
  strong_password: ['0.0.7'],
  'bootstrap-sass': ['3.2.0.3'],
  rustdecimal: [],
  'github.com/boltdb-go/bolt': [],
};
