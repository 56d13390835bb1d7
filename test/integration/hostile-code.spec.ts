import { describe, expect, it } from '@jest/globals';
import {
  Injectable,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { throwError, type Observable } from 'rxjs';
import { Step, Workflow } from '@luxgen/workflow';
import { appPerTest } from '../support/app-per-test.js';
import { step, workflow } from '../support/definitions.js';
import { eventually } from '../support/eventually.js';
import { gate } from '../support/gate.js';
import { ACME } from '../support/tenants.js';
import { VirtualClock } from '../support/virtual-clock.js';

/** Fails before the step, in its stream, or by something that is no stream at all. */
@Injectable()
class HostileInterceptor implements NestInterceptor {
  static how: 'before' | 'inside' | 'nonsense' = 'before';

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    switch (HostileInterceptor.how) {
      case 'before':
        throw new Error('hostile');
      case 'inside':
        next.handle();
        return throwError(() => new Error('hostile'));
      case 'nonsense':
        return { hostile: true } as never;
    }
  }
}

@Workflow({
  id: 'intercepted',
  version: '1.0.0',
  errorHandling: { strategy: 'retry', maxRetries: 1, retryDelay: 0 },
})
class InterceptedWorkflow {
  @Step()
  @UseInterceptors(HostileInterceptor)
  only() {
    return 'never';
  }
}

describe('F72 code of the application that throws around a step', () => {
  const start = appPerTest();

  // Red when: libs/workflow/src/engine/step-attempt.ts
  //   - const failure = failureOf(thrown, step.id, new Date(clock.now())); settle({ kind: 'failed', failure, thrown });
  //   + throw thrown;
  it.each(['before', 'inside', 'nonsense'] as const)(
    'F72 an interceptor (%s) fails its own step, and nothing beside it',
    async (how) => {
      HostileInterceptor.how = how;
      const { manager } = await start({
        providers: [HostileInterceptor, InterceptedWorkflow],
        options: { limits: { concurrency: 2 } },
      });
      const release = gate();
      manager.registerWorkflow({}, workflow('beside', [step('a', () => release.passed)]));
      await manager.runAsTenant('acme', async () => {
        const beside = await manager.startWorkflow('beside');
        for (let runs = 0; runs < 3; runs += 1) {
          const result = await manager.runWorkflow(InterceptedWorkflow);
          expect(result).toMatchObject({
            success: false,
            errors: [{ code: 'STEP_FAILED', stepId: 'only' }],
          });
          expect(result.metadata?.steps).toMatchObject([{ status: 'failed', retryCount: 1 }]);
        }
        release.open();
        expect((await beside.result()).success).toBe(true);
      });
    },
  );

  // Red when: libs/workflow/src/engine/execution-engine.ts
  //   - } catch (error) { return this.concluded(owned, { kind: 'unwritten', error });
  //   + } catch (error) { return await new Promise(() => undefined);
  it('F72 a tenant directory keeps an execution waiting, and its slot free', async () => {
    let asked = 0;
    let broken = false;
    const tenants = {
      findTenant: () => {
        if (!broken) return ACME;
        asked += 1;
        if (asked > 2) broken = false;
        throw new Error('the directory is down');
      },
    };
    const release = gate();
    const clock = new VirtualClock();
    const { manager } = await start({
      clock,
      options: { tenancy: { tenants }, limits: { concurrency: 1 } },
    });
    manager.registerWorkflow({}, workflow('first', [step('a', () => release.passed)]));
    manager.registerWorkflow({}, workflow('claimed', [step('a', () => 'ran')]));
    await manager.runAsTenant('acme', async () => {
      const first = await manager.startWorkflow('first');
      const claimed = await manager.startWorkflow('claimed');
      broken = true;
      // What it answered before is forgotten.
      await clock.advance(6_000);
      release.open();
      await first.result();
      let ended: unknown;
      void claimed.result().then((result) => (ended = result));
      await eventually(async () => {
        await clock.advance(1_000);
        return ended;
      });
      expect(ended).toMatchObject({ success: true, data: 'ran' });
    });
    expect(asked).toBe(3);
  }, 30_000);
});
