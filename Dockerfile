FROM node:24-bookworm-slim AS build
WORKDIR /app
# Before the sources, so that a change in them installs nothing again. The .npmrc keeps install scripts from running.
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY .swcrc rolldown.config.ts ./
COPY src ./src
# What development alone needs must not be in the image.
RUN npm run build && mv dist/dev development

# The bundle brings all that it needs: there are no node_modules beside it.
FROM node:24-bookworm-slim AS runtime
ENV NODE_ENV=production
WORKDIR /app
COPY package.json schema.graphql ./
COPY prisma ./prisma
COPY --from=build /app/dist ./dist
USER node
EXPOSE 4000
# Alive, not ready: an orchestrator that restarts by it must not do so because PostgreSQL or Redis is down.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:' + (process.env.PORT || 4000) + '/health/live').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# No shell in between: SIGTERM reaches node, which then finishes what is under way.
# As npm run start:prod.
CMD ["node", "--enable-source-maps", "--max-semi-space-size=32", "dist/main.js"]

# The payment sandbox, the example catalogue and tokens, for a demo: docker build --target development
FROM runtime AS development
USER root
# A new volume takes over the owner of the directory below it, so that the sandbox may write to its own.
RUN mkdir -p .data/sandbox && chown -R node:node .data
COPY --from=build /app/development ./dist/dev
USER node

# The one that is built where no target is named.
FROM runtime
