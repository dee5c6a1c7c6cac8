import { Module } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.js';
import { OperationGate } from './limits/operation-limits.js';
import { ValidDocuments } from './limits/valid-documents.js';

/** Who is calling, and how much they may ask for. */
@Module({
  providers: [Authenticator, OperationGate, ValidDocuments],
  exports: [Authenticator, OperationGate, ValidDocuments],
})
export class AccessModule {}
