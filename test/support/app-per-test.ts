import { afterEach } from '@jest/globals';
import { workflowApp, type WorkflowApp } from './workflow-app.js';

/** Opens applications that are closed after the test. */
export function appPerTest(): typeof workflowApp {
  const open: WorkflowApp[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((app) => app.close()));
  });
  return async (setup) => {
    const app = await workflowApp(setup);
    open.push(app);
    return app;
  };
}
