import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { claudeCodeAdapter } from '../../../main/points/agents/claude-code/adapter.ts';
import { settingsProblem } from '../../../main/points/agents/claude-code/settings-guard.ts';
import { applyPlan, planConnect, planDisconnect } from '../../../main/points/agents/settings-plan.ts';
import { newHouse } from './house.ts';

describe('a settings change in a running session', () => {
  it('may not take our hooks away, switch them off or hide what it does', async () => {
    using house = newHouse();
    house.write('{\n  "model": "opus"\n}\n');
    const ask = (file = house.settings) => settingsProblem(file, house.context);
    expect(await ask()).toBeNull();
    await applyPlan(await planConnect(claudeCodeAdapter, house.context));
    expect(await ask()).toBeNull();

    const good = house.read().toString('utf8');
    const bad: readonly (readonly [string, string])[] = [
      ['{}', 'it takes our hooks away'],
      ['', 'it takes our hooks away'],
      [good.replaceAll('"block"', '"continue"'), 'onFailure is "continue"'],
      [good.replace('"PreToolUse"', '"Other"'), 'PreToolUse: our entry is missing'],
      [good.replace('{', '{"disableAllHooks":true,'), 'switches all hooks off'],
      [good.replace('{', '{"hooks":{},'), 'stands twice'],
      ['{', 'settings.json:1:2'],
    ];
    for (const [text, why] of bad) {
      house.write(text);
      expect(await ask()).toContain(why);
    }
    house.write(good.replace('opus', 'sonnet'));
    expect(await ask()).toBeNull();

    const local = join(house.root, 'project', '.claude', 'settings.local.json');
    mkdirSync(dirname(local), { recursive: true });
    const says = async (text: string) => {
      writeFileSync(local, text);
      return ask(local);
    };
    expect(await says('{"permissions":{}}')).toBeNull();
    expect(await says('{"disableAllHooks":true}')).toContain('switches all hooks off');
    expect(await says('{"a":1,"a":2}')).toContain('may switch hooks off');
    expect(await ask(join(house.root, 'project', '.claude', 'skills', 'x', 'SKILL.md'))).toBeNull();
    expect(await ask(join(house.root, 'project', '.claude', 'settings.json'))).toBeNull();
  });

  it('is let through once the person has disconnected', async () => {
    using house = newHouse();
    house.write('{}');
    await applyPlan(await planConnect(claudeCodeAdapter, house.context));
    await applyPlan(await planDisconnect(claudeCodeAdapter, house.context));
    expect(await settingsProblem(house.settings, house.context)).toBeNull();
  });
});
