import type { DataSource, EntitySubscriberInterface } from 'typeorm';
import type { UsageMeter } from '../context/usage-meter.js';

/** Lets the meter see every query of the application's DataSource. Returns how to stop. */
export function countQueries(dataSource: DataSource, meter: UsageMeter): () => void {
  const subscriber: EntitySubscriberInterface = { afterQuery: () => meter.countQuery() };
  dataSource.subscribers.push(subscriber);
  return () => {
    const index = dataSource.subscribers.indexOf(subscriber);
    if (index >= 0) dataSource.subscribers.splice(index, 1);
  };
}
