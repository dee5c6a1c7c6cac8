import { Module } from '@nestjs/common';
import { RelayWakeUp } from './relay-wake-up.js';

@Module({ providers: [RelayWakeUp], exports: [RelayWakeUp] })
export class OutboxModule {}
