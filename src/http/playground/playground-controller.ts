import {
  Controller,
  Get,
  HttpStatus,
  NotFoundException,
  Param,
  Redirect,
  Res,
  StreamableFile,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { createReadStream } from 'node:fs';
import { altairFiles } from './altair-files.js';
import { CONTENT_SECURITY_POLICY } from './page.js';

/** Serves the playground's files, and redirects / to it. */
@Controller()
export class PlaygroundController {
  private readonly files = altairFiles();

  @Get()
  @Redirect('/graphql', HttpStatus.FOUND)
  home(): void {
    // The decorator redirects.
  }

  /** @throws NotFoundException where the path is none of Altair's files */
  @Get('playground/*')
  file(@Param('*') path: string, @Res({ passthrough: true }) reply: FastifyReply): StreamableFile {
    const file = this.files.get(path);
    if (file === undefined) throw new NotFoundException();
    void reply.headers({
      'cache-control': 'public, max-age=31536000, immutable',
      // A worker's policy is that of its own file, not the page's.
      'content-security-policy': CONTENT_SECURITY_POLICY,
    });
    return new StreamableFile(createReadStream(file.path), { type: file.contentType });
  }
}
