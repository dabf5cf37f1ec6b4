#include "bench/cli/card_line_input.hpp"

#include <cstdio>
#include <stdexcept>
#include <string_view>

#include <histedit.h>

namespace posbench::cli {

struct LineInput::State {
    std::string prompt;
    History* history = nullptr;
    EditLine* editor = nullptr;
    HistEvent event{};

    ~State() {
        if (editor) el_end(editor);
        if (history) history_end(history);
    }
};

LineInput::LineInput(const std::string& prompt) : state_(std::make_unique<State>()) {
    state_->prompt = prompt;
    state_->history = history_init();
    state_->editor = el_init("posbench", stdin, stdout, stderr);
    if (!state_->history || !state_->editor) throw std::runtime_error("cannot edit lines on this terminal");
    history(state_->history, &state_->event, H_SETSIZE, 500);
    el_set(state_->editor, EL_CLIENTDATA, state_.get());
    char* (*const give_prompt)(EditLine*) = [](EditLine* editor) {
        State* state = nullptr;
        el_get(editor, EL_CLIENTDATA, &state);
        return state->prompt.data();
    };
    el_set(state_->editor, EL_PROMPT, give_prompt);
    el_set(state_->editor, EL_EDITOR, "emacs");
    el_set(state_->editor, EL_HIST, history, state_->history);
}

LineInput::~LineInput() = default;

std::optional<std::string> LineInput::next() {
    int count = 0;
    const char* text = el_gets(state_->editor, &count);
    if (!text || count <= 0) return std::nullopt;
    std::string line(text, static_cast<std::size_t>(count));
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
    return line;
}

void LineInput::remember(const std::string& line) {
    if (!line.empty()) history(state_->history, &state_->event, H_ENTER, line.c_str());
}

}  // namespace posbench::cli
