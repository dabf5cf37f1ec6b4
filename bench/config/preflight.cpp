#include "bench/config/preflight.hpp"

#include <fmt/format.h>

#include "bench/runtime/utf8.hpp"

namespace posbench::config {
namespace {

/// A place in the text, kept up while reading it. Columns count characters.
struct Place {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    void pass(char c) {
        if (c == '\n') {
            ++line;
            column = 1;
        } else if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) {
            ++column;
        }
    }
};

void check_utf8(std::string_view text, const std::shared_ptr<const std::string>& file) {
    Place place;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = runtime::utf8_length(text.substr(at));
        if (length == 0)
            throw ConfigError(
                {file, place.line, place.column},
                fmt::format("not UTF-8: octet 0x{:02X} is out of place here; save the file as UTF-8",
                            static_cast<unsigned char>(text[at])));
        place.pass(text[at]);
        at += length;
    }
}

/// Follows strings, comments, keys and brackets just far enough to know how deep the tree gets.
class NestingCheck {
  public:
    NestingCheck(std::string_view text, const std::shared_ptr<const std::string>& file)
        : text_(text), file_(file) {}

    void run() {
        while (at_ < text_.size()) {
            const char c = text_[at_];
            if (c == '"' || c == '\'')
                skip_string(c);
            else if (c == '#')
                skip_until('\n');
            else
                read(c);
        }
    }

  private:
    void read(char c) {
        if (c == '.') {
            limit(++dots_);
        } else if (c == '[' || c == '{') {
            limit(++brackets_);
            dots_ = 0;
        } else if (c == ']' || c == '}') {
            if (brackets_ > 0) --brackets_;
        } else if (c == '=' || c == ',' || c == '\n') {
            dots_ = 0;
        }
        advance();
    }

    void skip_string(char quote) {
        const std::string three(3, quote);
        const bool multiline = text_.substr(at_).starts_with(three);
        const std::string_view end = multiline ? std::string_view(three) : std::string_view(three).substr(2);
        advance(end.size());
        while (at_ < text_.size() && !text_.substr(at_).starts_with(end)) {
            if (!multiline && text_[at_] == '\n') return;  // never closed: the parser says so
            if (quote == '"' && text_[at_] == '\\') advance();
            advance();
        }
        advance(end.size());
        // Up to two quotes may stand before the closing three.
        while (multiline && at_ < text_.size() && text_[at_] == quote) advance();
    }

    void skip_until(char end) {
        while (at_ < text_.size() && text_[at_] != end) advance();
    }

    void advance(std::size_t octets = 1) {
        for (; octets > 0 && at_ < text_.size(); --octets) place_.pass(text_[at_++]);
    }

    void limit(std::size_t depth) const {
        if (depth >= deepest_nesting)
            throw ConfigError({file_, place_.line, place_.column},
                              fmt::format("nested deeper than {} levels", deepest_nesting));
    }

    std::string_view text_;
    const std::shared_ptr<const std::string>& file_;
    std::size_t at_ = 0;
    Place place_;
    std::size_t dots_ = 0;
    std::size_t brackets_ = 0;
};

}  // namespace

void preflight(std::string_view text, const std::shared_ptr<const std::string>& file) {
    if (text.size() > largest_document)
        throw ConfigError({file, 0, 0}, fmt::format("larger than {} octets", largest_document));
    check_utf8(text, file);
    NestingCheck(text, file).run();
}

}  // namespace posbench::config
