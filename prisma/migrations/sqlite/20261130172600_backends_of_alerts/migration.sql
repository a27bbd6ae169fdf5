-- AlterTable
ALTER TABLE "Alert" ADD COLUMN "backendIds" JSONB;
