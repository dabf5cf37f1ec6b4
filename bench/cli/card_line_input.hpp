#pragma once

#include <memory>
#include <optional>
#include <string>

namespace posbench::cli {

/// Lines that a person types at a prompt, with editing and a history that ends with the program.
class LineInput {
  public:
    /// @throws std::runtime_error when the terminal cannot be used
    explicit LineInput(const std::string& prompt);
    LineInput(const LineInput&) = delete;
    LineInput& operator=(const LineInput&) = delete;
    ~LineInput();

    /// Without the line end; none at the end of the input. It is not in the history.
    std::optional<std::string> next();
    /// Puts a line into the history.
    void remember(const std::string& line);

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace posbench::cli
