/** Tasks of a project that change a database, where variables say that others work there. */
import type { Call } from '../shell/call.ts';
import { plain } from '../shell/text.ts';

/** Programs that run tasks of a project, of which some change a database. */
export const RUNS_TASKS = new Set(
  'npm pnpm yarn bun npx rails rake bundle mix php artisan python python3 django-admin knex sequelize prisma typeorm drizzle-kit alembic flyway liquibase dbmate make just task node ts-node tsx gradle gradlew mvn dotnet'.split(
    ' ',
  ),
);
const CHANGES =
  /(?:^|[\s:._-])(?:db|database|migrat\w*|seed\w*|reset|drop|wipe|truncate|purge|flush|rollback|destroy|downgrade|schema)(?=[\s:._-]|$)/i;
const STAGE =
  /^(?:(?:NODE|RAILS|RACK|APP|MIX|FLASK|DJANGO|SPRING|ASPNETCORE|DOTNET|DEPLOY|TARGET|HANAMI|LARAVEL)_?(?:ENV|ENVIRONMENT|PROFILES_ACTIVE)|ENV|ENVIRONMENT|STAGE)$/;
const PRODUCTION = /(?:^|[/@.:_-])prod(?:uction)?(?=[/.:_?-]|$)/i;

/** A task that changes a database, told to work where others work. */
export function worksElsewhere(call: Call): void {
  const text = call.args.map((one) => plain(one.text)).join(' ');
  if (!CHANGES.test(text)) return;
  for (const [name, { text: value }] of call.state.vars)
    if (
      (STAGE.test(name) && /^prod/i.test(value)) ||
      (/^[A-Z]\w*_(?:URL|HOST|DSN|URI)$/.test(name) && PRODUCTION.test(value))
    )
      call.deed.concern('service', `${call.name} changes what ${name} names, where others work`);
}
