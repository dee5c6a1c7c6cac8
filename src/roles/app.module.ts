import { type DynamicModule, Module } from '@nestjs/common';
import type { Config } from '../config/config.js';
import { HttpModule } from '../http/http.module.js';
import { PlatformModule } from '../platform/platform.module.js';
import { ApiModule } from './api.module.js';
import { RelayModule } from './relay.module.js';
import { WorkerModule } from './worker.module.js';

/** The root module of a process, with the modules of its roles. */
@Module({})
export class AppModule {
  static register(config: Config): DynamicModule {
    const { roles } = config;
    return {
      module: AppModule,
      imports: [
        PlatformModule.register(config),
        HttpModule.register(config),
        ...(roles.has('api') ? [ApiModule.register(config)] : []),
        ...(roles.has('relay') ? [RelayModule] : []),
        ...(roles.has('worker') ? [WorkerModule] : []),
      ],
    };
  }
}
