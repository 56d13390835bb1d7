import { NestFactory } from '@nestjs/core';
import type { AddressInfo } from 'node:net';
import { AppModule } from './app.module.js';
import { readEnvironment } from './configuration/demo-environment.js';
import { endWithParent, tellParent } from './process-messages.js';

const environment = readEnvironment(process.env);
const app = await NestFactory.create(AppModule.forRoot(environment));
app.enableShutdownHooks(['SIGINT', 'SIGTERM'], { useProcessExit: true });
endWithParent(() => process.kill(process.pid, 'SIGTERM'));

await app.listen(environment.port, environment.host);
const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
console.log(`listening on http://${environment.host}:${port}`);
tellParent({ port });
