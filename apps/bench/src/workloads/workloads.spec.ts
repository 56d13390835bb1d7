import { describe, expect, it } from '@jest/globals';
import { STORES } from '../databases/database.js';
import { subjectsOn, VARIANTS } from './subjects.js';
import { runsOn, WORKLOADS } from './workloads.js';

describe.each(STORES)('all that workloads name on %s', (store) => {
  const variants = VARIANTS[store];

  it('can be measured there', () => {
    const named = WORKLOADS.filter((workload) => runsOn(workload, store)).flatMap(
      ({ subject, ratios }) => [
        subject,
        ...ratios.flatMap((ratio) => [ratio.subject, ratio.reference]),
      ],
    );
    const subjects = named.flatMap((name) => variants[name] ?? [name]);
    expect(subjectsOn(store)).toEqual(expect.arrayContaining(subjects));
  });
});
