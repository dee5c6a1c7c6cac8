import { Module } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.js';
import { OperationLimits } from './limits/operation-limits.js';
import { ValidDocuments } from './limits/valid-documents.js';

/** Who is calling, and how much they may ask for. */
@Module({
  providers: [Authenticator, OperationLimits, ValidDocuments],
  exports: [Authenticator, OperationLimits, ValidDocuments],
})
export class AccessModule {}
