import { describe, expect, it } from '@jest/globals';
import { compile } from './compile.js';

const IMPORTS = `
import {
  Context, createErrorResult, createSuccessResult, Step, StepOutput, Workflow, WorkflowContext,
  WorkflowInput, type WorkflowManager, type WorkflowOutcome, type WorkflowResult,
} from '@luxgen/workflow';
interface User { readonly userId: string; readonly email: string }
declare const manager: WorkflowManager;
`;

/**
 * Samples. `// no` at the end of a line says that exactly this line does not compile; a word after
 * it must occur in the error.
 */
const SAMPLES: Readonly<Record<string, string>> = {
  'dependencies on earlier, later and inherited steps': `
    class Base { @Step() load(): number { return 1; } }
    @Workflow({ id: 'a', version: '1.0.0' })
    class Flow extends Base {
      @Step({ dependencies: ['load', 'later', 'earlier'] }) join(): void {}
      @Step() earlier(): void {}
      @Step({ dependencies: ['earlier'], type: 'validation', timeout: 5 }) later(): void {}
    }`,
  'a misspelt dependency': `
    @Workflow({ id: 'a', version: '1.0.0' })
    class Flow {
      @Step() validateInput(): void {}
      @Step({ dependencies: ['validatInput'] }) // no validatInput
      createUser(): void {}
    }`,
  'one misspelt dependency of several': `
    class Flow {
      @Step() one(): void {}
      @Step() two(): void {}
      @Step({ dependencies: ['one', 'two', 'three'] }) // no three
      join(): void {}
    }`,
  'a dependency on a property that is no method': `
    class Flow {
      readonly greeting = 'hello';
      @Step({ dependencies: ['greeting'] }) // no greeting
      say(): void {}
    }`,
  'a static method': `
    class Flow {
      @Step() // no
      static load(): void {}
    }`,
  'an output of the right type': `
    class Flow {
      @Step() plain(): User { return { userId: '1', email: 'a' }; }
      @Step() async promised(): Promise<User> { return this.plain(); }
      @Step() envelope(): WorkflowResult<User> { return createSuccessResult(this.plain()); }
      @Step() async promisedEnvelope(): Promise<WorkflowResult<User>> { return this.envelope(); }
      @Step() outcome(): WorkflowOutcome<User> { return createSuccessResult(this.plain()); }
      @Step() either(@WorkflowInput() ok: boolean) {
        return ok ? createSuccessResult(this.plain()) : createErrorResult('No', []);
      }
      @Step() async promisedEither(@WorkflowInput() ok: boolean) { return this.either(ok); }
      @Step() untyped(): WorkflowResult { return createSuccessResult(1); }
      @Step() maybe(): User | undefined { return undefined; }
      @Step() list(): User[] { return []; }
      @Step() nothing(): void {}
      @Step({ dependencies: ['plain', 'promised', 'envelope', 'promisedEnvelope', 'outcome', 'either', 'promisedEither', 'untyped', 'maybe', 'list', 'nothing', 'later'] })
      join(
        @StepOutput('plain') a: User,
        @StepOutput('promised') b: User,
        @StepOutput('envelope') c: User,
        @StepOutput('promisedEnvelope') d: User,
        @StepOutput('outcome') e: User,
        @StepOutput('either') f: User,
        @StepOutput('promisedEither') g: User,
        @StepOutput('untyped') h: User,
        @StepOutput('maybe') i: User | undefined,
        @StepOutput('list') j: readonly User[],
        @StepOutput('nothing') k: unknown,
        @StepOutput('plain') l: { userId: string },
        @Context() context: WorkflowContext,
        @StepOutput('later') m: number,
      ): void {}
      @Step() later(): number { return 1; }
    }`,
  'an inherited output': `
    class Base { @Step() load(): number { return 1; } }
    class Flow extends Base {
      @Step({ dependencies: ['load'] }) join(@StepOutput('load') n: number): void {}
    }`,
  'an inherited output of another type': `
    class Base { @Step() load(): number { return 1; } }
    class Flow extends Base {
      @Step({ dependencies: ['load'] })
      join(@StepOutput('load') n: string): void {} // no
    }`,
  'a misspelt output': `
    class Flow {
      @Step() load(): number { return 1; }
      @Step({ dependencies: ['load'] })
      join(@StepOutput('laod') n: number): void {} // no laod
    }`,
  'the output of a property': `
    class Flow {
      readonly title = 'x';
      @Step()
      join(@StepOutput('title') n: never): void {} // no title
    }`,
  'an output of another type': `
    class Flow {
      @Step() load(): User { return { userId: '1', email: 'a' }; }
      @Step({ dependencies: ['load'] })
      join(
        @StepOutput('load') a: string, // no
        @StepOutput('load') b: { userId: number }, // no
        @StepOutput('load') c: Promise<User>, // no
        @StepOutput('load') d: WorkflowResult<User>, // no
        @StepOutput('load') e: User,
      ): void {}
    }`,
  'an output of another type from promises and envelopes': `
    class Flow {
      @Step() async promised(): Promise<User> { return { userId: '1', email: 'a' }; }
      @Step() async envelope(): Promise<WorkflowResult<User>> { return createSuccessResult(await this.promised()); }
      @Step() maybe(): User | undefined { return undefined; }
      @Step() either(@WorkflowInput() ok: boolean) {
        return ok ? createSuccessResult(1) : createErrorResult('No', []);
      }
      @Step({ dependencies: ['promised', 'envelope', 'maybe', 'either'] })
      join(
        @StepOutput('promised') a: { age: number }, // no
        @StepOutput('envelope') b: { age: number }, // no
        @StepOutput('maybe') c: User, // no
        @StepOutput('either') d: string, // no
      ): void {}
    }`,
  'a declared output': `
    @Workflow({ id: 'a', version: '1.0.0' })
    class Flow {
      static readonly output = 'last';
      constructor(private readonly secret: string) {}
      @Step() last(): User { return { userId: this.secret, email: 'a' }; }
    }
    @Workflow({ id: 'b', version: '1.0.0' })
    class Sub extends Flow {}
    @Workflow({ id: 'c', version: '1.0.0' })
    class Silent { @Step() only(): void {} }`,
  'a declared output that does not exist': `
    @Workflow({ id: 'a', version: '1.0.0' }) // no
    class Flow {
      static readonly output = 'lst';
      @Step() last(): void {}
    }`,
  'a declared output that is a property': `
    @Workflow({ id: 'a', version: '1.0.0' }) // no
    class Flow {
      static readonly output = 'title';
      readonly title = 'x';
      @Step() last(): void {}
    }`,
  'options of another type': `
    class Flow {
      @Step({ timeout: '5s' }) // no
      one(): void {}
      @Step({ retries: 3 }) // no
      two(): void {}
      @Step({ retry: { backoff: 'linear' } }) // no
      three(): void {}
    }
    @Workflow({ id: 'a' }) // no version
    class Versionless { @Step() only(): void {} }`,
  'data of a run': `
    @Workflow({ id: 'a', version: '1.0.0' })
    class Flow {
      static readonly output = 'last';
      @Step() async last(): Promise<WorkflowResult<User>> { return createSuccessResult({ userId: '1', email: 'a' }); }
    }
    const result = await manager.runWorkflow(Flow, {});
    const unchecked: User = result.data; // no undefined
    if (result.success) {
      const user: User = result.data;
      const wrong: number = result.data; // no number
      const email: string = result.data.email;
      result.data.name; // no name
    } else {
      const none: undefined = result.data;
      const message: string = result.message;
    }
    const handle = await manager.startWorkflow(Flow);
    const ended = await handle.result();
    if (ended.success) {
      const user: User = ended.data;
      const wrong: string[] = ended.data; // no
    }
    const id: string = handle.executionId; // no undefined
    if (handle.accepted) {
      const id: string = handle.executionId;
    }`,
  'data of a run without a declared output': `
    @Workflow({ id: 'a', version: '1.0.0' })
    class Flow { @Step() last(): User { return { userId: '1', email: 'a' }; } }
    const byClass = await manager.runWorkflow(Flow);
    const byId = await manager.runWorkflow('a');
    const byContext = await manager.executeWorkflow<User>('a', {} as WorkflowContext);
    if (byClass.success && byId.success && byContext.success) {
      const one: Record<string, unknown> = byClass.data;
      const other: Record<string, unknown> = byId.data;
      const user: User = byContext.data;
      const wrong: string = byClass.data['userId']; // no
      const wrongToo: User = byId.data; // no
    }`,
};

const expectedLines = (source: string): { line: number; word: string }[] =>
  source.split('\n').flatMap((text, index) => {
    const [, word] = /\/\/ no ?(\w*)$/.exec(text) ?? [];
    return word === undefined ? [] : [{ line: index + 1, word }];
  });

describe('what the compiler says of', () => {
  const sources = Object.fromEntries(
    Object.entries(SAMPLES).map(([name, source]) => [name, `${IMPORTS}${source}`]),
  );
  const errors = compile(
    Object.fromEntries(Object.values(sources).map((source, index) => [`s${index}`, source])),
  );

  it.each(Object.keys(SAMPLES))('%s', (name) => {
    const source = sources[name] ?? '';
    const found = errors[`s${Object.keys(SAMPLES).indexOf(name)}`] ?? [];
    const expected = expectedLines(source);
    expect([...new Set(found.map((error) => Number(error.split(':')[0])))]).toEqual(
      expected.map(({ line }) => line),
    );
    for (const { line, word } of expected) {
      expect(found.find((error) => error.startsWith(`${line}:`))).toContain(word);
    }
  });
});
