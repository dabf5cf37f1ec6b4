#include "drivers/protocols/emv/dates.hpp"

#include "drivers/protocols/iso8583/civil_time.hpp"
#include "tests/support/catch.hpp"

using namespace posbench;
using namespace std::chrono_literals;
using std::chrono::year;

namespace {

runtime::WallTime day(int of_year, unsigned month, unsigned day_of_month) {
    return std::chrono::sys_days(year(of_year) / static_cast<int>(month) / static_cast<int>(day_of_month));
}

}  // namespace

TEST_CASE("Card dates: years 50 to 99 are of the 20th century, 00 to 49 of the 21st (EMV book 4)") {
    CHECK(emv::parse_month("0001") == year(2000) / 1);
    CHECK(emv::parse_month("4912") == year(2049) / 12);
    CHECK(emv::parse_month("5001") == year(1950) / 1);
    CHECK(emv::parse_month("9912") == year(1999) / 12);
    CHECK(emv::parse_date("491231") == year(2049) / 12 / 31);
    CHECK(emv::parse_date("500101") == year(1950) / 1 / 1);
}

TEST_CASE("Card dates: only months and days that exist") {
    CHECK(emv::parse_date("280229") == year(2028) / 2 / 29);
    for (const char* wrong :
         {"300231", "290229", "301331", "300000", "3012", "30123F", "3012310", "", "+30101"})
        CHECK_FALSE(emv::parse_date(wrong));
    for (const char* wrong : {"3000", "3013", "301", "30123", "301F", "", "-101"})
        CHECK_FALSE(emv::parse_month(wrong));
}

TEST_CASE("Civil time: as fields 12 and 13 and tag 9A write it") {
    const iso8583::CivilTime time(day(2026, 6, 5) + 7h + 8min + 9s + 999ms);
    CHECK(time.hhmmss() == "070809");
    CHECK(time.mmdd() == "0605");
    CHECK(time.yymmdd() == "260605");
    CHECK(time.month() == year(2026) / 6);
    CHECK(iso8583::CivilTime(day(2026, 12, 31) + 24h - 1s).hhmmss() == "235959");
}

TEST_CASE("Civil time: fields 12 and 13 have no year, the nearest one is meant") {
    using iso8583::nearest_instant;
    CHECK(nearest_instant("000005", "0101", day(2026, 12, 31)) == day(2027, 1, 1) + 5s);
    CHECK(nearest_instant("235959", "1231", day(2027, 1, 1)) == day(2026, 12, 31) + 23h + 59min + 59s);
    CHECK(nearest_instant("120000", "0229", day(2027, 3, 1)) == day(2028, 2, 29) + 12h);
    for (const auto& [time, date] : {std::pair("240000", "0101"),
                                     {"120000", "0230"},
                                     {"12000a", "0101"},
                                     {"", ""},
                                     {"120000", "0001"},
                                     {"120000", "1301"}})
        CHECK_FALSE(nearest_instant(time, date, day(2026, 6, 15)));
}
