#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace spectrap {

/// An error with a stable code; the binding turns it into a SpectrapError of TypeScript.
/// `code` is one of the codes listed in docs/errors.md, `what()` is the reason alone.
class Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& reason, std::string file = {})
      : std::runtime_error(reason), code_(std::move(code)), file_(std::move(file)) {}

  const std::string& code() const { return code_; }
  const std::string& file() const { return file_; }

 private:
  std::string code_;
  std::string file_;
};

}  // namespace spectrap
