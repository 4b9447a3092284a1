/** Kinds of ordinary commands that were asked about without need, and what stands close to them and is not ordinary. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { Analyst } from '../../main/analysis/analyst.ts';
import { openAnalyst, PLACE } from '../support/analyst.ts';

describe('ordinary commands', () => {
  let analyst: Analyst;
  beforeAll(async () => {
    analyst = await openAnalyst();
  });
  const codes = (text: string): readonly string[] =>
    analyst.shell(text, PLACE).concerns.map(({ code }) => code);

  it.each([
    'alembic upgrade head',
    'migrate -path db -database postgres://localhost:5432/app up',
    'docker compose exec api bin/migrate up',
    'docker image prune -f',
    'docker run -d --name x1 redis && sleep 1 && docker rm -f x1',
    'docker compose -f docker-compose.e2e.yml down -v',
    "grep -oE '^[A-Z_]+' .env",
    "grep -E '^(QUEUE_DRIVER|APP_ENV)=' .env",
    'grep -n ^PORT= .env',
    'cp .env .env.bak',
    'git add Gemfile*',
    'for f in locales/*.json; do jq . $f > /tmp/x.json && mv /tmp/x.json $f; done',
    'rm -f reports/weekly-*.pdf',
    'rm -rf public/assets resources/_gen',
    'gh run download 12 -n report',
    'python3 -m venv /tmp/v && /tmp/v/bin/pip install -q requests',
  ])('nothing speaks against %s', (text) => expect(codes(text)).toEqual([]));

  it.each([
    ['alembic downgrade base', 'destroys'],
    ['DATABASE_URL=postgres://db.example.com/app alembic upgrade head', 'service'],
    ['APP_ENV=production alembic upgrade head', 'service'],
    ['migrate -database postgres://db.example.com/app up', 'service'],
    ['migrate -database "$DATABASE_URL" up', 'service'],
    ['docker image prune -a -f', 'destroys'],
    ['docker volume prune -f', 'destroys'],
    ['docker rm -f x1', 'destroys'],
    ['docker run -d --name x1 redis; docker rm -f x1 db', 'destroys'],
    ['docker compose down -v', 'destroys'],
    ['docker compose -f docker-compose.yml down -v', 'destroys'],
    ["grep -E '^[A-Z_]+=.*' .env", 'secret'],
    ["grep -oE '^[A-Z_]+=.+' .env", 'secret'],
    ["grep -E '^(APP_ENV|API_KEY)=' .env", 'secret'],
    ["grep -E '^DB_' .env", 'secret'],
    ['grep -A3 ^PORT= .env', 'secret'],
    ['grep -v ^PORT= .env', 'secret'],
    ['grep -e ^PORT= -e KEY .env', 'secret'],
    ['cp .env .env.example', 'secret'],
    ['cp .env public/.env.bak', 'secret'],
    ['cp .env ~/.env.bak', 'secret'],
    ['cp .env .env.bak && cat .env.bak', 'secret'],
    ['cat server*', 'secret'],
    ['git add *.pem', 'secret'],
    ['rm -f src/*.ts', 'destroys'],
    ['rm -f src*', 'destroys'],
    ['rm -rf reports/weekly-*', 'destroys'],
    ['rm -f */weekly-*.pdf', 'destroys'],
    ['rm -rf public', 'destroys'],
    ['/tmp/v/bin/pip install requests', 'outside_code'],
    ['python3 -m venv /tmp/v && /tmp/v/bin/other', 'outside_code'],
  ])('but something does against %s', (text, code) => expect(codes(text)).toContain(code));
});
