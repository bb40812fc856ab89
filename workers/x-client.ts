/**
 * What this Worker's bundle has of twitter-api-v2: `wrangler.toml` puts this module in the package's place. Only `v2.get` is
 * called; the client classes of the package name all of X's endpoints, 11 kB of them, gzipped.
 */
import TwitterApiBase from "twitter-api-v2/dist/esm/client.base.js";
import TwitterApiSubClient from "twitter-api-v2/dist/esm/client.subclient.js";
import { API_V2_PREFIX } from "twitter-api-v2/dist/esm/globals.js";

class V2Client extends TwitterApiSubClient {
  protected override _prefix: string | undefined = API_V2_PREFIX;
}

/** As the package's, for requests of one's own making to version 2. */
export class TwitterApi extends TwitterApiBase {
  get v2(): V2Client {
    return new V2Client(this);
  }
}
