#include "migrations/file_kind.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <format>
#include <string>
#include <string_view>

#include "core/invalid.hpp"

namespace pge {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view restore_hint =
    "write it as SQL: pg_restore --no-owner --no-privileges --file=NAME.sql ARCHIVE, or pg_dump --format=plain";
constexpr std::string_view unpack_hint = "unpack it: migration files are plain SQL";
constexpr std::string_view utf16_hint = "save it as UTF-8: iconv -f UTF-16 -t UTF-8";

/// How a kind of file begins.
struct Kind {
  std::string_view head;
  std::string_view name;
  std::string_view hint;
  std::size_t offset = 0;  ///< where `head` stands
};

// The first bytes are those of each format's specification; a tar archive has its mark in the header's field `magic`.
constexpr std::array kinds{
    Kind{"PGDMP"sv, "an archive of pg_dump (custom format), not SQL", restore_hint},
    Kind{"ustar"sv, "a tar archive, not SQL", restore_hint, 257},
    Kind{"\x1F\x8B"sv, "compressed with gzip, not SQL", unpack_hint},
    Kind{"\x28\xB5\x2F\xFD"sv, "compressed with zstd, not SQL", unpack_hint},
    Kind{"\xFD\x37zXZ\0"sv, "compressed with xz, not SQL", unpack_hint},
    Kind{"\x04\x22\x4D\x18"sv, "compressed with lz4, not SQL", unpack_hint},
    Kind{"BZh"sv, "compressed with bzip2, not SQL", unpack_hint},
    Kind{"PK\x03\x04"sv, "a ZIP archive, not SQL", unpack_hint},
    Kind{"\xFF\xFE"sv, "UTF-16, not UTF-8", utf16_hint},
    Kind{"\xFE\xFF"sv, "UTF-16, not UTF-8", utf16_hint},
    Kind{"version https://git-lfs.github.com/spec/"sv, "a pointer of git-lfs, not SQL",
         "fetch its content: git lfs pull, before the image is built; in CI, the checkout has an option for it"},
    Kind{"\0GITCRYPT\0"sv, "encrypted by git-crypt, not SQL", "git-crypt unlock, before the image is built"},
};

}  // namespace

Result<> check_kind(const Source& source) {
  const std::string_view text = source.text;
  const auto begins = [&](const Kind& kind) {
    return text.size() >= kind.offset && text.substr(kind.offset).starts_with(kind.head);
  };
  const auto kind = std::ranges::find_if(kinds, begins);
  if (kind == kinds.end()) return check_utf8(source);
  return invalid_file(source.path, std::format("the file is {}", kind->name), std::string(kind->hint));
}

}  // namespace pge
