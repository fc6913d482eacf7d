// Owns asking for the server's configuration, which needs a key of the scope ADMIN.
import type { GetConfigResponse } from '../../../../gen/ts/dtms/v1/system_service.js';
import type { Api } from './api.js';
import { ApiError } from './api-error.js';
import type { Configuration } from './configuration.js';

const FORBIDDEN = 403;

/** Undefined for a key that may not read it. @throws ApiError */
export async function fetchConfiguration(api: Api, signal: AbortSignal): Promise<Configuration | undefined> {
  try {
    const { config } = await api.get<GetConfigResponse>('/v1/dtms/config', {}, { signal });
    return config ?? {};
  } catch (error) {
    if (error instanceof ApiError && error.status === FORBIDDEN) return undefined;
    throw error;
  }
}
