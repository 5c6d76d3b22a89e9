# A door for `node-gyp rebuild`: CMakeLists.txt is the build. The output is never written, so the action always
# runs and CMake decides what is stale.
{
  "targets": [
    {
      "target_name": "spectrap",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake",
          "inputs": ["CMakeLists.txt"],
          "outputs": ["<(INTERMEDIATE_DIR)/never-written"],
          "action": ["node", "<(module_root_dir)/scripts/build-native.mjs", "<(module_root_dir)/build/<(CONFIGURATION_NAME)"]
        }
      ]
    }
  ]
}
