-- Rows that Chainguard posted, or that `pullhouse import` took over from its example recorder.
source IN ('chainguard', 'import')
