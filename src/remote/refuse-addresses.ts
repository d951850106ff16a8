import { AppError } from '#src/domain/app-error.ts';
import type { RemoteFetcher } from '#src/ports/remote-fetcher.ts';

/** For a service without an allow-list: no address is fetched, and the reason names the setting. */
export const refuseAddresses: RemoteFetcher = {
  fetch: (address) =>
    Promise.reject(
      new AppError(
        'url-not-allowed',
        `${/^http:/i.test(address) ? 'Only https addresses are fetched, and here none' : 'This service fetches nothing by address'}: TESSERA_URL_ALLOW_LIST names no host. Send the image itself, for example as a data URI.`,
      ),
    ),
  close: () => undefined,
};
