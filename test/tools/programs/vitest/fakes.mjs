/** What the clock fakes: what the tool fakes by default, or all that it can. */
export const toFake =
  process.env.FAKE_ALL === undefined
    ? undefined
    : {
        toFake: [
          ...["setTimeout", "clearTimeout", "setInterval", "clearInterval", "setImmediate", "clearImmediate"],
          ...["Date", "performance", "hrtime", "queueMicrotask", "nextTick"],
        ],
      }
