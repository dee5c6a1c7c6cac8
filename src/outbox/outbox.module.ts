import { Module } from '@nestjs/common';
import { OutboxNews } from './relay-wake-up.js';

@Module({ providers: [OutboxNews], exports: [OutboxNews] })
export class OutboxModule {}
