import type { ApolloServerPlugin, GraphQLServerListener } from '@apollo/server';
import { Plugin } from '@nestjs/apollo';
import { Inject } from '@nestjs/common';
import type { Config } from '../config.js';
import { CONFIG } from '../platform/config-token.js';
import { altairHtml } from './altair-files.js';
import { renderPage } from './page.js';

/** What Apollo answers with when a browser opens /graphql. Every other request goes on as if it weren't there. */
@Plugin()
export class PlaygroundPage implements ApolloServerPlugin {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  async serverWillStart(): Promise<GraphQLServerListener> {
    const html = altairHtml();
    const tokens = this.config.graphql.playgroundTokens;
    return { renderLandingPage: async () => ({ html: async () => renderPage(html, tokens) }) };
  }
}
