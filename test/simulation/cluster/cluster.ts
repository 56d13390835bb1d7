import type { IncidentKind } from '../load/plan.js';
import { RELEASES, type Release } from '../load/workflows.js';
import type { Trace } from '../world/trace.js';
import { Life } from './life.js';
import type { Network } from './link.js';
import { CountedIds } from './quiet-parts.js';
import { Worker } from './worker.js';

interface Place {
  worker: Worker;
  release: Release;
  lives: number;
}

/** All processes of a run, and what happens to them. */
export class Cluster {
  private readonly places: Place[];
  private readonly ids = new CountedIds();
  /** Whose turn it is. */
  active: Worker | undefined;

  constructor(
    private readonly network: Network,
    private readonly trace: Trace,
  ) {
    this.places = Array.from({ length: network.plan.nodes }, (_, node) => ({
      worker: this.begin(node, 'first', 1),
      release: 'first',
      lives: 1,
    }));
  }

  get workers(): readonly Worker[] {
    return this.places.map(({ worker }) => worker);
  }

  /** The one asked for, else another one that serves. */
  serving(node: number): Worker | undefined {
    const { workers } = this;
    const asked = workers[node];
    return asked?.serves ? asked : workers.find(({ serves }) => serves);
  }

  /** Begins an incident of one node; what is returned ends it. */
  befall(kind: IncidentKind, node: number): () => void {
    const { worker } = this.place(node);
    const { life, link } = worker;
    if (kind !== 'read-only') this.note(life.name, kind);
    switch (kind) {
      case 'crash':
        life.die();
        return () => this.restart(node);
      case 'pause':
        life.stop();
        return () => {
          if (!life.dead) life.goOn();
        };
      case 'partition':
        link.cut = true;
        life.trouble();
        return () => {
          link.cut = false;
          life.trouble();
        };
      case 'deploy':
        this.place(node).release = this.next(this.place(node).release);
        return this.shutDown(worker, node);
      case 'shutdown':
        return this.shutDown(worker, node);
      case 'missing-tenant':
        worker.tenantsMissing = true;
        return () => {
          worker.tenantsMissing = false;
          if (worker.serves) life.after(0, () => worker.runtime.definitionsChanged());
        };
      case 'read-only': {
        const { database } = this.network;
        database.readOnly = true;
        for (const each of this.workers) each.life.trouble();
        return () => {
          database.readOnly = false;
          for (const each of this.workers) each.life.trouble();
        };
      }
    }
  }

  /** The code of a step ends its process; somebody starts another one. */
  kill(worker: Worker): void {
    const { life } = worker;
    this.note(life.name, 'killed by its step');
    life.die();
    this.network.scheduler.after(this.network.plan.unit, () => this.restart(life.node));
  }

  /** Another life of a process that has ended. */
  restart(node: number): void {
    const place = this.place(node);
    if (!place.worker.life.dead) return;
    place.lives += 1;
    place.worker = this.begin(node, place.release, place.lives);
  }

  private begin(node: number, release: Release, lives: number): Worker {
    const { scheduler } = this.network;
    const name = `${'ABC'[node] ?? node}${lives}`;
    const life: Life = new Life(name, node, scheduler, () => {
      this.active = worker;
    });
    const worker: Worker = new Worker(life, release, this.network, this.ids);
    life.after(0, () => {
      this.note(name, `boots ${release}`);
      worker.boot().catch(() => {
        // An application that cannot open its store ends, and is started again.
        life.die();
        scheduler.after(this.network.plan.unit, () => this.restart(node));
      });
    });
    return worker;
  }

  /** In good order, unless it dies meanwhile. */
  private shutDown(worker: Worker, node: number): () => void {
    const { life, runtime } = worker;
    life.trouble();
    let ended = false;
    let due = false;
    const begin = (): void => {
      life.die();
      this.note(life.name, 'has shut down');
      ended = true;
      if (due) this.restart(node);
    };
    if (worker.ready) {
      worker.ready = false;
      life.after(0, () => void runtime.close().then(begin));
    } else begin();
    return () => {
      due = true;
      if (ended || life.dead) this.restart(node);
    };
  }

  private next(release: Release): Release {
    return RELEASES[RELEASES.indexOf(release) + 1] ?? release;
  }

  private note(name: string, what: string): void {
    this.trace.note(this.network.scheduler.now, name, what);
  }

  private place(node: number): Place {
    const place = this.places[node];
    if (!place) throw new Error(`There is no node ${node}.`);
    return place;
  }
}
