export const IMPORT_PATH = '/api/v1/storage/import'
