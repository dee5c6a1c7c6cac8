import type { ApolloServerPlugin, GraphQLServerListener } from '@apollo/server';
import { Plugin } from '@nestjs/apollo';
import { Inject, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { Config } from '../../config/config.js';
import { CONFIG } from '../../config/token.js';
import { altairHtml } from './altair-files.js';
import { CONTENT_SECURITY_POLICY, renderPage } from './page.js';

/** Apollo's landing page, which it sends when a browser opens /graphql. */
@Plugin()
export class PlaygroundPage implements ApolloServerPlugin, OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  /** Sets the page's policy in a hook, since Apollo takes only the text of the page. Nothing else here is HTML. */
  onModuleInit(): void {
    const instance = this.host.httpAdapter.getInstance();
    instance.addHook('onSend', (_request, reply, _payload, done) => {
      if (String(reply.getHeader('content-type')).startsWith('text/html'))
        void reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      done();
    });
  }

  async serverWillStart(): Promise<GraphQLServerListener> {
    const html = altairHtml();
    const tokens = this.config.graphql.playgroundTokens;
    return { renderLandingPage: async () => ({ html: async () => renderPage(html, tokens) }) };
  }
}
