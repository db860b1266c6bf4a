{
  # For tools that only know node-gyp: it hands over to CMakeLists.txt. Not in the published package, where npm would run it.
  "targets": [{
    "target_name": "native_through_cmake",
    "type": "none",
    "actions": [{
      "action_name": "cmake",
      "inputs": ["CMakeLists.txt"],
      "outputs": ["<(PRODUCT_DIR)/gradtape.node"],
      "action": ["node", "scripts/native-build.mjs"]
    }]
  }]
}
