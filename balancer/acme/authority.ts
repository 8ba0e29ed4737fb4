import { readFileSync } from "node:fs";
import type { Client } from "acme-client";
import type { AcmeConfig } from "../config/acme-schema.ts";
import { ChallengeFiles } from "./challenge-files.ts";
import { requestsTrusting } from "./requests.ts";
import type { AcmeStorage, StoredCertificate } from "./storage.ts";

/** Gives a certificate for the names; rejects with a reason for people. */
export type Order = (names: readonly string[]) => Promise<Pick<StoredCertificate, "cert" | "key">>;

/** Loaded by those alone who use it. */
const acmeClient = () => import("acme-client");

/** How long the authority is asked whether it is done: 20 times, the last ones 10 s apart. */
const polling = { backoffAttempts: 20, backoffMin: 500, backoffMax: 10_000 };

/** Orders from the authority that the config names. */
export function ordersFrom(config: AcmeConfig, storage: AcmeStorage): Order {
  const challenges = new ChallengeFiles(config.storage);
  let opened: Promise<Client> | undefined;
  return async (names) => {
    // Before the authority has done anything that it counts.
    storage.open();
    opened ??= openClient(config, storage);
    try {
      return await order(await opened, names, challenges);
    } catch (error) {
      // It may be the account: the next order begins with that.
      opened = undefined;
      throw error;
    }
  };
}

async function order(
  client: Client,
  names: readonly string[],
  challenges: ChallengeFiles,
): Promise<Pick<StoredCertificate, "cert" | "key">> {
  const { crypto } = await acmeClient();
  const [key, csr] = await crypto.createCsr({ altNames: [...names] }, await crypto.createPrivateEcdsaKey());
  const cert = await client.auto({
    csr,
    challengePriority: ["http-01"],
    // From here the name may lead elsewhere than from there.
    skipChallengeVerification: true,
    challengeCreateFn: async ({ identifier }, { type, token }, answer) => {
      if (type !== "http-01")
        throw new Error(`${identifier.value}: the authority offers no http-01 challenge`);
      challenges.put(token, answer);
    },
    challengeRemoveFn: async (_authorization, { token }) => challenges.remove(token),
  });
  return { cert, key: key.toString() };
}

/** With the account that belongs to the stored key; makes both when there is none. */
async function openClient(config: AcmeConfig, storage: AcmeStorage): Promise<Client> {
  const { axios, Client: AcmeClient, crypto } = await acmeClient();
  const ca = config.ca === undefined ? undefined : readFileSync(config.ca, "utf8");
  // Of the whole process: a balancer has one authority.
  axios.defaults.adapter = requestsTrusting(ca);
  const knownKey = storage.accountKey;
  const accountKey = knownKey ?? (await crypto.createPrivateEcdsaKey()).toString();
  if (knownKey === undefined) storage.saveAccountKey(accountKey);
  const { directory, externalAccount, email } = config;
  const client = new AcmeClient({
    directoryUrl: directory,
    accountKey,
    ...(externalAccount !== undefined && {
      externalAccountBinding: { kid: externalAccount.keyId, hmacKey: externalAccount.hmacKey },
    }),
    ...polling,
  });
  const contact = email === undefined ? {} : { contact: [`mailto:${email}`] };
  const account = knownKey === undefined ? undefined : await existingAccount(client);
  if (account === undefined) await client.createAccount({ termsOfServiceAgreed: true, ...contact });
  else if (email !== undefined && !Bun.deepEquals(account.contact, contact.contact))
    await client.updateAccount(contact);
  return client;
}

/** Undefined when the authority knows none, or can't be asked: making one then says why. */
async function existingAccount(client: Client) {
  try {
    // Besides this nothing may be said: acme-client would go on to an update that changes nothing, which authorities refuse.
    return await client.createAccount({ onlyReturnExisting: true });
  } catch {
    return undefined;
  }
}
