import { Module } from '@nestjs/common';
import { OutboxNews } from './outbox-news.js';

@Module({ providers: [OutboxNews], exports: [OutboxNews] })
export class OutboxModule {}
