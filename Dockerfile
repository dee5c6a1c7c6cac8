FROM node:20-bookworm-slim AS base
WORKDIR /app
# Before the sources, so that a change in them installs nothing again. The .npmrc keeps install scripts from running.
COPY package.json package-lock.json .npmrc ./

FROM base AS build
RUN npm ci
COPY .swcrc ./
COPY src ./src
RUN npm run build

FROM base AS dependencies
# The Prisma command line is an optional peer of Prisma's client, and half of all files. Nothing that runs needs it.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /app
# A new volume takes over the owner of the directory below it, so that the sandbox may write to its own.
RUN mkdir -p .data/sandbox && chown -R node:node .data
COPY --from=dependencies /app/node_modules ./node_modules
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
