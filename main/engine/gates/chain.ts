/** The gates in the order in which they are asked. */
import { gate0Inactive } from './gate0-inactive.ts';
import { gate1Hidden } from './gate1-hidden.ts';
import { gate1McpServer } from './gate1-mcp-server.ts';
import { gate1Module } from './gate1-module.ts';
import { gate2Risk } from './gate2-risk.ts';
import { gate3Permissions } from './gate3-permissions.ts';
import { gate4Policy } from './gate4-policy.ts';
import { gate5Classification } from './gate5-classification.ts';
import { gate6RateLimit } from './gate6-rate-limit.ts';
import type { Gate } from './question.ts';

export const gateChain: readonly Gate[] = Object.freeze([
  gate0Inactive,
  gate1Module,
  gate1McpServer,
  gate1Hidden,
  gate2Risk,
  gate3Permissions,
  gate4Policy,
  gate5Classification,
  gate6RateLimit,
]);
