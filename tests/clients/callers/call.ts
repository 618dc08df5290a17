// Calls the service by the types that openapi-typescript made of a description; prints the predictions.
import createClient from "openapi-fetch";
import type { components, paths } from "./made.js";

type Sent = components["schemas"]["Record"];
const records: Sent[] = RECORDS;
// @ts-expect-error: a value of another type is seen by the compiler, so the type says something.
const wrong: Sent = { ...records[0]!, [FIELD]: { of: "another type" } };
// @ts-expect-error: as is an operation that is not there.
type Nowhere = paths["/nowhere"];

const client = createClient<paths>({ baseUrl: ADDRESS, headers: { "X-API-Key": KEY } });
const { data, error, response } = await client.POST("/predict", {
  params: { query: { on_error: "report" } },
  body: records,
});
if (data === undefined) throw new Error(`${response.status}: ${JSON.stringify(error)}`);
console.log(JSON.stringify(data.predictions));
