import js from "@eslint/js"
import { defineConfig, globalIgnores } from "eslint/config"
import tseslint from "typescript-eslint"

/** Node.js modules that reach the outside world: the transports alone may import them. */
const outside = "node:(child_process|dgram|dns|fs|http2?|https|net|tls|worker_threads)\\b"

/**
 * What the files of each room may import beside one another, as patterns of the module's name. The rooms
 * stand in the order of DESIGN.md: imports point down this list only.
 */
const rooms = {
  sockets: [
    `(?!${outside})node:`,
    "(\\.\\./)+(routing|peers|security|wire|transports)/",
    "\\.\\./([\\w-]+|(patterns|threads)/[\\w-]+)\\.js$", // its own files, from those of its folders
  ],
  routing: [],
  peers: ["\\.\\./(security|wire)/", "\\.\\./transports/transport\\.js$"],
  security: ["\\.\\./wire/"],
  wire: [],
  transports: ["node:"],
}

/** Rooms that run on a simulated network from one seed, and in a browser given `Buffer`. */
const pure = ["routing", "peers", "security", "wire"]

export default defineConfig(
  globalIgnores(["**/dist", "coverage"]),
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-imports": ["error", { disallowTypeAnnotations: false }],
      "@typescript-eslint/consistent-type-definitions": "off",
      "@typescript-eslint/no-confusing-void-expression": "off",
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      // Asks for the non-null assertions that another rule forbids.
      "@typescript-eslint/non-nullable-type-assertion-style": "off",
      "@typescript-eslint/prefer-nullish-coalescing": "off",
      // What was thrown, or given as the reason of an abort, is passed on as it is.
      "@typescript-eslint/prefer-promise-reject-errors": ["error", { allowThrowingUnknown: true }],
      "@typescript-eslint/restrict-template-expressions": [
        "error",
        { allowNumber: true, allowBoolean: true },
      ],
      "@typescript-eslint/unified-signatures": "off",
      // Options are accessors defined from one table; merged interfaces declare them, as in the native package.
      "@typescript-eslint/no-unsafe-declaration-merging": "off",
      "no-restricted-globals": ["error", { name: "require", message: "Import it." }],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "prefer-const": ["error", { destructuring: "all" }],
    },
  },
  {
    files: ["test/**", "conformance/**", "bench/**", "scripts/**"],
    rules: {
      // Tests call what users must not, and check what types already promise.
      "@typescript-eslint/no-unnecessary-condition": "off",
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/unbound-method": "off",
      "no-restricted-globals": "off",
    },
  },
  {
    // Programs as users write them, for their tools.
    files: ["test/tools/**/*.{cjs,mjs}"],
    languageOptions: {
      globals: Object.fromEntries(
        [
          ...[
            "Buffer",
            "console",
            "exports",
            "globalThis",
            "module",
            "process",
            "require",
            "setImmediate",
            "setTimeout",
          ],
          ...["beforeAll", "expect", "jest", "test"],
        ].map(name => [name, "readonly"]),
      ),
    },
  },
  Object.entries(rooms).map(([room, others]) => ({
    files: [`src/${room}/**`],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              regex: `^(?!${["\\./(?!\\.)", ...others].join("|")})`,
              message: `Imports point down the rooms of DESIGN.md only; src/${room} may not import this.`,
            },
          ],
        },
      ],
    },
  })),
  {
    files: ["src/sockets/**", "src/transports/**"],
    ignores: ["src/transports/clock.ts", "src/transports/genuine-timers.ts"],
    rules: {
      "no-restricted-globals": [
        "error",
        { name: "require", message: "Import it." },
        ...["setTimeout", "setInterval", "setImmediate", "clearTimeout", "clearInterval", "performance"].map(
          name => ({ name, message: "A test's fake clock replaces it; see src/transports/clock.ts." }),
        ),
      ],
      "no-restricted-properties": [
        "error",
        { object: "process", property: "nextTick", message: "See src/transports/clock.ts." },
        { object: "Date", property: "now", message: "See src/transports/clock.ts." },
      ],
    },
  },
  {
    files: pure.map(room => `src/${room}/**`),
    rules: {
      "no-restricted-globals": [
        "error",
        ...["setTimeout", "setInterval", "setImmediate", "process", "performance", "crypto"].map(name => ({
          name,
          message: "Time, chance and the outside world are passed in (src/peers/runtime.ts).",
        })),
      ],
      "no-restricted-properties": [
        "error",
        ...[
          ["Date", "now"],
          ["Math", "random"],
        ].map(([object, property]) => ({ object, property, message: "Passed in (src/peers/runtime.ts)." })),
      ],
    },
  },
)
