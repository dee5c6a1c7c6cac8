import { Module } from '@nestjs/common';
import { PlaygroundController } from './playground-controller.js';
import { PlaygroundPage } from './playground-page.js';

/** Altair at /graphql, for development (GRAPHQL_PLAYGROUND), served from the installed package. */
@Module({ controllers: [PlaygroundController], providers: [PlaygroundPage] })
export class PlaygroundModule {}
