/** Every route of the API, and the document that describes them. */
import { approvalRoutes } from './approvals.ts';
import type { Apps } from './apps.ts';
import { auditRoutes } from './audit-routes.ts';
import type { CallDesk } from './call-desk.ts';
import { callRoutes } from './calls.ts';
import { openApiDocument } from './openapi.ts';
import type { ApiParts } from './parts.ts';
import { type Route, route } from './route.ts';
import { sessionRoutes } from './session-routes.ts';

/** @param version Gatehouse's own */
export function allRoutes(parts: ApiParts, apps: Apps, calls: CallDesk, version: string): readonly Route[] {
  const routes = [
    ...approvalRoutes(parts),
    ...callRoutes(calls, parts),
    ...sessionRoutes(parts, apps),
    ...auditRoutes(parts, apps),
  ];
  const document = openApiDocument(routes, version);
  return [
    ...routes,
    route({
      id: 'openApi',
      method: 'GET',
      path: '/api/openapi.json',
      scope: null,
      summary: 'This document.',
      responses: {},
      handle: async () => ({ status: 200, body: document }),
    }),
  ];
}
