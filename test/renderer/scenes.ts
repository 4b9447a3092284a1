/** Every page of the application in a state with much to show, for what is checked of all of them. */

import { rows, timelineRow } from '../support/contract-rows.ts';
import {
  card,
  cards,
  commandCard,
  firstOverview,
  HOSTILE_COMMAND,
  overview,
} from '../support/contract-scene.ts';
import { mcpServer } from '../support/mcp-views.ts';
import { reviewRows, reviewView } from '../support/review-views.ts';
import { ruleViews } from '../support/rule-views.ts';
import { governedTools, mcpClients, mcpServers } from './mcp-scenes.ts';
import type { PageScene } from './page-scene.ts';
import { REVIEW_SCENES } from './review-scenes.ts';
import { VAULT_SCENES } from './vault-scenes.ts';

const decided = {
  title: 'Run git push origin feature/a-branch-with-a-rather-long-name',
  note: 'Remembered until the session ends',
  byPerson: true,
} as const;

export const SCENES: readonly PageScene[] = [
  {
    name: 'inbox with a request of high risk',
    options: {
      pending: [commandCard('a', HOSTILE_COMMAND, { risk: 'high' }), ...cards(12)],
      recent: [
        { ...decided, id: 'd1', outcome: 'allowed', at: Date.now(), undoUntil: Date.now() + 60_000 },
        { ...decided, id: 'd2', outcome: 'expired', at: Date.now(), byPerson: false, undoUntil: null },
      ],
    },
    enter: async (stage) => {
      await stage.button('Deny with reason').first().click();
      await stage.page.getByLabel(/is told/).waitFor();
    },
  },
  {
    name: 'inbox with a session scope chosen',
    options: { pending: [card('a', { effects: effects() }), card('b', { risk: 'low' })] },
    enter: async (stage) => {
      await stage.page.getByText('this session', { exact: true }).click();
      await stage.button(/until the session ends/).waitFor();
    },
  },
  {
    name: 'inbox with a kind of calls chosen for the project',
    options: { pending: [card('a', { effects: effects() }), card('b', { risk: 'low' })] },
    enter: async (stage) => {
      await stage.page.keyboard.press('s');
      await stage.page.keyboard.press('s');
      await stage.page.keyboard.press('w');
      await stage.button(/npm run test … in web until/).waitFor();
      await stage.page.getByText(/Would have covered/).waitFor();
    },
  },
  ...REVIEW_SCENES,
  {
    name: 'inbox with a review that waits',
    options: { reviews: [reviewView('review_1')], changes: reviewRows(3) },
    enter: (stage) => stage.page.getByRole('link', { name: 'Review', exact: true }).waitFor(),
  },
  { name: 'nothing remembered', options: { at: 'rules' } },
  {
    name: 'one remembered answer, open',
    options: { at: 'rules', rules: ruleViews(1) },
    enter: async (stage) => {
      await stage.button('git push …').first().click();
      await stage.page.getByText(/Never covers/).waitFor();
    },
  },
  {
    name: 'two hundred remembered answers',
    options: { at: 'rules', rules: ruleViews(200) },
    enter: (stage) => stage.page.getByText('200 remembered answers').waitFor(),
  },
  {
    name: 'inbox, empty and locked, with problems and a notice',
    options: {
      pin: '271828',
      overview: overview({
        enforcement: {
          state: 'weak',
          sentence: 'Claude Code: the hooks are not as they should be. Calls may pass unseen.',
          problems: [
            'Claude Code: its hook points at a program that is gone.',
            'The policy file has errors.',
          ],
        },
      }),
    },
    enter: async (stage) => {
      stage.double.notice('A link was used a second time and was refused.', 'stop');
      await stage.button('Put away').waitFor();
    },
  },
  { name: 'first screen', options: { overview: firstOverview() } },
  {
    name: 'connect dialog',
    options: { overview: firstOverview() },
    enter: async (stage) => {
      stage.double.plan = {
        planId: 'p',
        file: '~/.claude/settings.json',
        diff: [
          { kind: 'same', text: '{' },
          { kind: 'remove', text: '  "hooks": {}' },
          { kind: 'add', text: `  "hooks": { "command": "${'/a-long-folder'.repeat(12)}/gatehouse hook" }` },
          { kind: 'same', text: '}' },
        ],
        notes: ['A copy of the file is kept.'],
        done: false,
      };
      await stage.button('Connect').click();
      await stage.page.getByRole('dialog').getByLabel('Again').fill('1');
    },
  },
  {
    name: 'timeline with a row open',
    options: { at: 'timeline', rows: rows(120) },
    enter: async (stage) => {
      await stage.page.getByRole('searchbox').fill('events:yes action:shell.bash,filesystem.read ');
      await stage.page.locator('[data-seq="118"]').click();
      await stage.page.getByText('One record in the log').click();
      await stage.page.getByText('call.decided').click();
    },
  },
  {
    name: 'timeline by session, with a span chosen',
    options: { at: 'timeline', rows: rows(120) },
    enter: async (stage) => {
      await stage.page.locator('[data-seq="120"]').waitFor();
      // Before its bars are there, its keys do nothing.
      await stage.page.locator('.tl-bars svg').waitFor();
      await stage.page.getByRole('slider', { name: /^Time/ }).focus();
      for (const key of ['ArrowLeft', 'Shift+ArrowLeft', 'Shift+ArrowLeft', 'Enter'])
        await stage.page.keyboard.press(key);
      await stage.page.getByRole('button', { name: 'Zoom in' }).waitFor();
      await stage.page.getByRole('combobox', { name: 'Show' }).selectOption('session');
      await stage.page.getByRole('list', { name: 'Calls by session, newest first' }).waitFor();
    },
  },
  {
    name: 'the story of a session',
    options: { at: 'timeline', rows: rows(60) },
    enter: async (stage) => {
      await stage.page.locator('[data-seq="59"]').click();
      await stage.button('Tell the whole session').click();
      await stage.page.getByRole('region', { name: 'Story' }).waitFor();
    },
  },
  {
    name: 'a rule made from a row',
    options: { at: 'timeline', rows: rows(5) },
    enter: async (stage) => {
      await stage.page.locator('[data-seq="4"]').click();
      await stage.button('Make a rule from this').click();
      await stage.page.getByRole('radiogroup', { name: 'How far' }).waitFor();
    },
  },
  {
    name: 'numbers of the timeline',
    options: { at: 'timeline', rows: rows(5) },
    enter: async (stage) => {
      await stage.button('Numbers').click();
      await stage.page.getByRole('table').first().waitFor();
    },
  },
  {
    name: 'kept views',
    options: { at: 'timeline', rows: rows(5) },
    enter: async (stage) => {
      await stage.page.getByRole('searchbox').fill('outcome:refused ');
      await stage.button('Views').click();
      await stage.page.getByLabel(/^Keep/).fill('What was refused');
      await stage.button('Keep this view').click();
      await stage.page.getByRole('list', { name: 'Kept views' }).waitFor();
    },
  },
  {
    name: 'an edit with its change',
    options: { at: 'timeline', rows: [timelineRow(1, Date.now(), { action: 'filesystem.edit' })] },
    enter: async (stage) => {
      await stage.page.locator('[data-seq="1"]').click();
      await stage.page.getByRole('region', { name: 'Change' }).waitFor();
    },
  },
  {
    name: 'timeline',
    options: { at: 'timeline', rows: rows(120) },
    enter: (stage) => stage.page.locator('[data-seq="120"]').waitFor(),
  },
  {
    name: 'agents with a report',
    options: { at: 'agents' },
    enter: async (stage) => {
      await stage.button('Check').click();
      await stage.page.getByRole('heading', { name: /is enforced/ }).waitFor();
    },
  },
  {
    name: 'MCP servers with tools to look at',
    options: { at: 'mcp', mcp: mcpServers() },
    enter: (stage) => stage.page.getByText('Look closely').first().waitFor(),
  },
  {
    name: 'no MCP server yet, and clients with entries of their own',
    options: { at: 'mcp', clients: mcpClients() },
    enter: (stage) => stage.button('Register the server').waitFor(),
  },
  {
    name: 'governed tools, on and off, and who has them',
    options: { at: 'mcp', mcp: [mcpServer('files')], governed: governedTools() },
    enter: (stage) => stage.page.getByRole('list', { name: 'Connected now' }).waitFor(),
  },
  ...VAULT_SCENES,
  {
    name: 'a draft of the policy, and past calls under it',
    options: { at: 'policy' },
    enter: async (stage) => {
      await stage.page.getByRole('combobox', { name: 'Preset' }).selectOption('coding');
      await stage.button('Take it as a draft').click();
      await stage.button('Replay the last 30 days').click();
      await stage.page.getByRole('list', { name: 'Decided otherwise' }).waitFor();
    },
  },
  {
    name: 'settings with a broken policy',
    options: {
      at: 'settings',
      overview: overview({
        policy: {
          state: 'last_good',
          file: '~/.config/gatehouse/policy.yaml',
          sentence: 'The file has errors: the last good version is in force.',
          errors: [
            {
              file: 'policy.yaml',
              line: 14,
              column: 5,
              path: 'tools.capabilities.approve[0].module',
              message: 'unknown module "shel"; did you mean shell',
            },
          ],
        },
      }),
    },
    enter: (stage) => stage.page.getByLabel('New PIN').fill('1'),
  },
  {
    name: 'settings with the API and a new token',
    options: {
      at: 'settings',
      api: {
        enabled: true,
        address: null,
        problem: 'The API is not open: port 7833 is taken by another program.',
        projects: ['~/src/web'],
        tokens: [
          {
            id: 'tok_1',
            name: 'a-program-with-a-name-as-long-as-it-goes',
            scopes: ['submit', 'watch'],
            apps: ['~/src/a/folder/deep/in/a/tree/of/folders/web'],
            createdAt: 1,
            lastUsedAt: 1,
          },
          {
            id: 'tok_2',
            name: 'dashboard',
            scopes: ['watch', 'decide'],
            apps: null,
            createdAt: 1,
            lastUsedAt: null,
          },
        ],
      },
    },
    enter: async (stage) => {
      await stage.page.getByLabel('Name of the program').fill('sdk');
      await stage.page.getByLabel('Folder of its project').fill('~/src/web');
      await stage.button('Make the token').click();
      await stage.page.getByLabel('The token, shown this once').waitFor();
    },
  },
  {
    name: 'the list of keys',
    options: { pending: cards(2) },
    enter: async (stage) => {
      await stage.page.keyboard.press('?');
      await stage.page.getByRole('dialog').waitFor();
    },
  },
];

function effects() {
  const cell = (label: string, text: string, tone: 'plain' | 'flagged' | 'destructive') => ({
    label,
    text,
    detail: 'and 12 more',
    tone,
  });
  return {
    known: true as const,
    cells: [
      cell('Writes', 'src/login.ts', 'plain'),
      cell('Network', 'api.example.com', 'flagged'),
      cell('Deletes', '1284 files in build', 'destructive'),
    ],
  };
}
