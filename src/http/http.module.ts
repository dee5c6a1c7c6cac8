import { Global, Module } from '@nestjs/common';
import { UnsentAnswers } from './unsent-answers.js';

/**
 * What a process has besides the platform because it listens; parts of the system run without it. Global, since Nest
 * starts global modules first: hooks of the server have to be there before its routes.
 */
@Global()
@Module({ providers: [UnsentAnswers] })
export class HttpModule {}
