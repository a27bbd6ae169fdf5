-- AlterTable
ALTER TABLE "Backend" ADD COLUMN "sentWords" JSONB;
