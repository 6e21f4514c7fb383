-- Equal names in two registries are two.
CONCAT(IF(ENDS_WITH(registry, '.cgr.dev'), 'cgr.dev', registry), '/', identity) AS account
