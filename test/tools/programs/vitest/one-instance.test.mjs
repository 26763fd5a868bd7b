import { expect, test } from "vitest"
import * as zmq from "zmtp"
import whole from "zmtp"
import * as draft from "zmtp/draft"
import * as v5 from "zmtp/v5-compat"
import * as wire from "zmtp/wire"
import dependent from "dependent"

test("a test and its CommonJS dependency have the same classes", () => {
  const push = dependent.makePush()
  expect(push).toBeInstanceOf(zmq.Push)
  push.close()
  expect(() => dependent.makeProxy(new zmq.Router(), new zmq.Dealer())).not.toThrow()
  expect(whole.Push).toBe(zmq.Push)
  expect(dependent.draft.Client).toBe(draft.Client)
  expect(dependent.v5.Socket).toBe(v5.Socket)
  expect(dependent.wire.Decoder).toBe(wire.Decoder)
})
