import { defineConfig } from "vite";

// File names without hashes, and no source maps: the bundle is committed, and a check compares it byte by byte.
export default defineConfig({
  base: "/",
  build: {
    outDir: "../src/wisp_framework/playground/web",
    emptyOutDir: true,
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: {
        entryFileNames: "assets/playground.js",
        chunkFileNames: "assets/[name].js",
        assetFileNames: "assets/[name][extname]",
      },
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
