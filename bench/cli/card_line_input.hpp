#pragma once

#include <memory>
#include <optional>
#include <string>

namespace posbench::cli {

/// Lines that a person types at a prompt, with editing and a history that ends with the program: nothing
/// typed here, a PIN perhaps, is stored.
class LineInput {
  public:
    /// @throws std::runtime_error when the terminal cannot be used
    explicit LineInput(const std::string& prompt);
    LineInput(const LineInput&) = delete;
    LineInput& operator=(const LineInput&) = delete;
    ~LineInput();

    /// Without the line end; none at the end of the input.
    std::optional<std::string> next();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace posbench::cli
