// What must not allocate. A program of its own: it counts every allocation of the process.

#include <cstdlib>
#include <new>

#include "drivers/protocols/iso8583/message.hpp"
#include "tests/support/catch.hpp"
#include "tests/support/dialect.hpp"

namespace {

std::size_t allocations = 0;

}  // namespace

void* operator new(std::size_t size) {
    ++allocations;
    if (void* memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}

using namespace posbench;
using namespace posbench::iso8583;

TEST_CASE("a message is parsed without an allocation") {
    Message message("0200");
    message.set(2, "6210948000000011");
    message.set(4, "000000001234");
    message.set(11, "000042");
    message.set(35, "6210948000000011D28122010000000000000");
    message.set(41, "10000001");
    message.set(55, hex("9505800004800095059F2608"));
    const Dialect& dialect = tests::unionpay();
    const Bytes octets = encode(dialect, message);
    std::array<char, 37> track2{};

    const std::size_t before = allocations;
    const auto view = MessageView::parse(dialect, octets);
    view->copy(35, track2.data());
    const std::size_t parsing = allocations - before;
    CHECK(parsing == 0);
    CHECK(std::string_view(track2.data(), track2.size()) == message.get(35));

    const Message copied(*view);
    CHECK(allocations > before);  // it does count
    CHECK(copied == message);
}
