import { Module } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.js';
import { OperationGate } from './operation-gate.js';

/** Who is calling, and how much they may ask for. */
@Module({
  providers: [Authenticator, OperationGate],
  exports: [Authenticator, OperationGate],
})
export class AccessModule {}
