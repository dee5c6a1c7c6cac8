import { Module } from '@nestjs/common';
import { Authenticator } from '../auth/authenticator.js';
import { OperationLimits } from './limits/operation-limits.js';
import { ValidDocuments } from './limits/valid-documents.js';

/** Authentication and operation limits. */
@Module({
  providers: [Authenticator, OperationLimits, ValidDocuments],
  exports: [Authenticator, OperationLimits, ValidDocuments],
})
export class AccessModule {}
