# Filled in by release/manifests; the archives are those of the release.
class Mlgate < Formula
  desc "Quality gate for machine learning: data, metric and bias checks of a change"
  homepage "https://github.com/mlgate/mlgate"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "@URL:aarch64-apple-darwin.tar.gz@"
      sha256 "@SHA256:aarch64-apple-darwin.tar.gz@"
    end
    on_intel do
      url "@URL:x86_64-apple-darwin.tar.gz@"
      sha256 "@SHA256:x86_64-apple-darwin.tar.gz@"
    end
  end

  on_linux do
    on_arm do
      url "@URL:aarch64-unknown-linux-gnu.tar.gz@"
      sha256 "@SHA256:aarch64-unknown-linux-gnu.tar.gz@"
    end
    on_intel do
      url "@URL:x86_64-unknown-linux-gnu.tar.gz@"
      sha256 "@SHA256:x86_64-unknown-linux-gnu.tar.gz@"
    end
  end

  def install
    bin.install "mlgate"
    man1.install Dir["man/*.1"]
    generate_completions_from_executable(bin/"mlgate", "completions")
  end

  test do
    (testpath/"rows.csv").write "a\n1\n2\n"
    (testpath/"mlgate.yml").write <<~YAML
      version: 1
      data:
        t: {path: rows.csv, rows: ">= 3"}
    YAML
    assert_match "FAIL", shell_output("#{bin}/mlgate run", 1)
  end
end
