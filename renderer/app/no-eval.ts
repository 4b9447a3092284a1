/**
 * Imported before anything else that has a schema: zod would try whether it may compile code from text. The
 * page's policy forbids that, so each try would stand in the console as a violation.
 */
import { config } from 'zod';

config({ jitless: true });
