/* Puts others in the place of all that the package exports. */
const assert = require("node:assert")
const sinon = require("sinon")

const others = { string: "other", number: -1, object: {} }

for (const door of ["zmtp", "zmtp/draft", "zmtp/v5-compat", "zmtp/wire"]) {
  const exported = require(door)
  assert.strictEqual(exported.__esModule, true)
  for (const [name, before] of Object.entries(exported)) {
    if (typeof before === "function") sinon.stub(exported, name)
    else sinon.replace(exported, name, others[typeof before])
    assert.notStrictEqual(exported[name], before, name)
    sinon.restore()
    assert.strictEqual(exported[name], before, name)
  }
}
console.log("replaced and restored")
