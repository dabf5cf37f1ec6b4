#include "bench/trace/query_lexer.hpp"

#include <array>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "bench/runtime/ascii.hpp"

namespace posbench::trace {
namespace {

constexpr std::array<std::string_view, 11> symbols{"==", "!=", "<=", ">=", "<", ">", "(", ")", "[", "]", ","};

using runtime::is_digit;

bool is_letter(char c) noexcept {
    return runtime::is_letter(c) || c == '_';
}
bool is_blank(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string shown(char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet > 0x20 && octet < 0x7F ? fmt::format("'{}'", c) : fmt::format("octet {:02X}", octet);
}

class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Result<std::vector<Token>, QueryError> run() {
        std::vector<Token> tokens;
        for (;;) {
            while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
            auto token = next();
            if (!token) return token.error();
            tokens.push_back(*std::move(token));
            if (tokens.back().type == Token::Type::end) return tokens;
        }
    }

  private:
    Result<Token, QueryError> next() {
        if (at_ == text_.size()) return Token{Token::Type::end, at_, at_, {}, 0};
        const char c = text_[at_];
        if (is_letter(c)) return word();
        if (is_digit(c) || (c == '-' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return integer();
        if (c == '\'') return quoted();
        for (std::string_view symbol : symbols)
            if (text_.substr(at_).starts_with(symbol)) return take(Token::Type::symbol, symbol.size());
        if (c == '=') return QueryError{at_, "a comparison is written '=='", "=="};
        if (c == '"') return QueryError{at_, "a text stands between single quotes", {}};
        return QueryError{at_, fmt::format("{} begins no word of a query", shown(c)), {}};
    }

    Token take(Token::Type type, std::size_t length) {
        Token token{type, at_, at_ + length, std::string(text_.substr(at_, length)), 0};
        at_ += length;
        return token;
    }

    Token word() {
        std::size_t end = at_;
        while (end < text_.size() && (is_letter(text_[end]) || is_digit(text_[end]) || text_[end] == '.'))
            ++end;
        return take(Token::Type::word, end - at_);
    }

    Result<Token, QueryError> integer() {
        std::size_t end = at_ + 1;
        while (end < text_.size() && is_digit(text_[end])) ++end;
        if (end < text_.size() && (is_letter(text_[end]) || text_[end] == '.'))
            return QueryError{end, "an integer has digits only; a text stands between single quotes", {}};
        Token token = take(Token::Type::integer, end - at_);
        const char* last = token.value.data() + token.value.size();
        if (std::from_chars(token.value.data(), last, token.number).ec != std::errc{})
            return QueryError{token.offset, "an integer has 63 bits at most", {}};
        return token;
    }

    Result<Token, QueryError> quoted() {
        Token token{Token::Type::text, at_, at_, {}, 0};
        for (std::size_t i = at_ + 1; i < text_.size(); ++i) {
            if (text_[i] != '\'') {
                token.value += text_[i];
            } else if (i + 1 < text_.size() && text_[i + 1] == '\'') {
                token.value += '\'';
                ++i;
            } else {
                token.end = at_ = i + 1;
                return token;
            }
        }
        return QueryError{at_, "the text that begins here has no closing quote", {}};
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

Result<std::vector<Token>, QueryError> tokenise(std::string_view text) {
    return Lexer(text).run();
}

}  // namespace posbench::trace
